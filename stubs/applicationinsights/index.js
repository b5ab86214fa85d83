// Stands in for Azurite's telemetry client: never set up, so nothing is ever sent.
module.exports = {};
