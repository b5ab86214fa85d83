import { broadcastResponseToMainFrame } from '@azure/msal-browser/redirect-bridge';

// Opened by hand or by an old bookmark there is no answer to hand over: go to the app, which signs in anew.
broadcastResponseToMainFrame().catch(() => location.replace('/'));
