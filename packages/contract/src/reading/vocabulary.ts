/**
 * Kinds of things in Intune's words, by Graph's entity type in lower case. What stands here can be the object of a sentence.
 * https://learn.microsoft.com/graph/api/resources/intune-graph-overview
 */
export const entities: Readonly<Record<string, string>> = {
  androidmanagedappprotection: 'Android app protection policy',
  applepushnotificationcertificate: 'Apple push certificate',
  clientcertificate: 'client certificate',
  cloudcertificationauthority: 'cloud certification authority',
  cloudcertificationauthorityleafcertificate: 'leaf certificates of the cloud certification authority',
  cloudpcprovisioningpolicy: 'Cloud PC provisioning policy',
  cloudpcusersetting: 'Cloud PC user setting',
  deviceandappmanagementassignmentfilter: 'assignment filter',
  deviceandappmanagementroleassignment: 'role assignment',
  deviceappmanagement: 'app management settings',
  devicecategory: 'device category',
  devicecompliancepolicy: 'compliance policy',
  devicecompliancescript: 'compliance script',
  deviceconfiguration: 'configuration profile',
  devicecustomattributeshellscript: 'custom attribute script',
  deviceenrollmentconfiguration: 'enrollment configuration',
  devicehealthscript: 'remediation',
  devicemanagement: 'Intune settings',
  devicemanagementconfigurationpolicy: 'configuration policy',
  devicemanagementexchangeconnector: 'Exchange connector',
  devicemanagementintent: 'endpoint security policy',
  devicemanagementpartner: 'device management partner',
  devicemanagementscript: 'PowerShell script',
  devicemanagementsettinginstance: 'setting of the endpoint security policy',
  deviceshellscript: 'shell script',
  grouppolicymigrationreport: 'Group Policy migration report',
  importedwindowsautopilotdeviceidentity: 'Autopilot device',
  iosmanagedappprotection: 'iOS app protection policy',
  iosupdateconfiguration: 'iOS update policy',
  managedappprotection: 'app protection policy',
  manageddevice: 'device',
  managedebook: 'eBook',
  mobileapp: 'app',
  mobileappcategory: 'app category',
  mobilethreatdefenseconnector: 'Mobile Threat Defense connector',
  notificationmessagetemplate: 'notification message template',
  onpremisesconditionalaccesssettings: 'on-premises conditional access settings',
  operationapprovalpolicy: 'multi admin approval policy',
  remoteassistancepartner: 'remote assistance partner',
  remoteassistancesettings: 'remote assistance settings',
  roledefinition: 'role',
  targetedmanagedappconfiguration: 'app configuration policy',
  vpptoken: 'VPP token',
  windowsautopilotdeploymentprofile: 'Autopilot deployment profile',
  windowsautopilotdeviceidentity: 'Autopilot device',
  windowsupdateforbusinessconfiguration: 'Windows update ring',
};

/** What was done, as it is told of a success and of a failure. `%` is the object. */
export type Deed = readonly [done: string, tried: string];

/** Verbs of Graph's own operations, in lower case; any entity may follow. */
export const verbs: Readonly<Record<string, Deed>> = {
  create: ['created %', 'create %'],
  add: ['added %', 'add %'],
  patch: ['changed %', 'change %'],
  update: ['changed %', 'change %'],
  delete: ['deleted %', 'delete %'],
  get: ['read %', 'read %'],
  search: ['searched %', 'search %'],
};
const request = (what: string): Deed => [`requested ${what} %`, `request ${what} %`];

/**
 * Actions, by name and entity in lower case. A record tells of the request: whether a device did as it was told is not in it.
 * https://learn.microsoft.com/graph/api/resources/intune-devices-manageddevice#methods
 */
export const actions: Readonly<Record<string, Deed>> = {
  'bypassactivationlock manageddevice': request('a bypass of the activation lock of'),
  'cleanwindowsdevice manageddevice': request('a fresh start of'),
  'deleteuserfromsharedappledevice manageddevice': request('the deletion of a user from'),
  'disablelostmode manageddevice': request('the end of lost mode on'),
  'freshstart manageddevice': request('a fresh start of'),
  'locatedevice manageddevice': request('the location of'),
  'logoutsharedappledeviceactiveuser manageddevice': request('the sign-out of the active user of'),
  'rebootnow manageddevice': request('a restart of'),
  'recoverpasscode manageddevice': request('the passcode of'),
  'remotelock manageddevice': request('a remote lock of'),
  'requestremoteassistance manageddevice': request('remote assistance for'),
  'resetpasscode manageddevice': request('a passcode reset of'),
  'retire manageddevice': request('the retirement of'),
  'rotatebitlockerkeys manageddevice': request('new BitLocker keys for'),
  'rotatefilevaultkey manageddevice': request('a new FileVault key for'),
  'shutdown manageddevice': request('a shutdown of'),
  'syncdevice manageddevice': request('a sync of'),
  'updatewindowsdeviceaccount manageddevice': request('an update of the device account of'),
  'windowsdefenderscan manageddevice': request('a Windows Defender scan of'),
  'windowsdefenderupdatesignatures manageddevice': request('new Windows Defender signatures for'),
  'wipe manageddevice': request('a wipe of'),
  'scheduleactionsforrules devicecompliancepolicy': ['scheduled actions for the rules of %', 'schedule actions for the rules of %'],
  'sendtestmessage notificationmessagetemplate': ['sent a test message of %', 'send a test message of %'],
  'assignusertodevice windowsautopilotdeviceidentity': ['assigned a user to %', 'assign a user to %'],
  'unassignuserfromdevice windowsautopilotdeviceidentity': ['unassigned the user from %', 'unassign the user from %'],
  'updatedeviceproperties windowsautopilotdeviceidentity': ['changed properties of %', 'change properties of %'],
  'import importedwindowsautopilotdeviceidentity': ['imported %', 'import %'],
  'setpriority deviceenrollmentconfiguration': ['set the priority of %', 'set the priority of %'],
  'synclicenses vpptoken': ['synced the licenses of %', 'sync the licenses of %'],
  'targetapps iosmanagedappprotection': ['changed the apps that are protected by %', 'change the apps that are protected by %'],
  'targetapps androidmanagedappprotection': ['changed the apps that are protected by %', 'change the apps that are protected by %'],
  'sync devicemanagementexchangeconnector': ['synced %', 'sync %'],
  'syncmicrosoftstoreforbusinessapps deviceappmanagement': [
    'synced the Microsoft Store for Business apps of %',
    'sync the Microsoft Store for Business apps of %',
  ],
  'beginonboarding remoteassistancepartner': ['began the onboarding of %', 'begin the onboarding of %'],
  'disconnect remoteassistancepartner': ['disconnected %', 'disconnect %'],
  'terminate devicemanagementpartner': ['ended the connection with %', 'end the connection with %'],
  'setreference mobileappcategory': ['linked an app category to %', 'link an app category to %'],
  'removereference mobileappcategory': ['unlinked an app category from %', 'unlink an app category from %'],
  'revokeleafcertasync cloudcertificationauthorityleafcertificate': ['revoked the leaf certificate %', 'revoke the leaf certificate %'],
  'revokecloudcertificationauthoritycertificateasync cloudcertificationauthority': [
    'revoked the certificate of %',
    'revoke the certificate of %',
  ],
  'changecloudcertificationauthoritystatusasync cloudcertificationauthority': ['changed the status of %', 'change the status of %'],
  'uploadexternallysignedcertificationauthoritycertificateasync cloudcertificationauthority': [
    'uploaded an externally signed certificate of %',
    'upload an externally signed certificate of %',
  ],
};
/** Here the target is of another kind than the entity says, or the action says the kind already. */
export const objectOf: Readonly<Record<string, string>> = {
  'setreference mobileappcategory': 'app',
  'removereference mobileappcategory': 'app',
  'revokeleafcertasync cloudcertificationauthorityleafcertificate': '',
};
