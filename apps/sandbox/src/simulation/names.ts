/** Words that people, devices and policies are named with. */
export const firstNames = 'Adele Aisha Alex Amara Anders Anja Ben Bianca Bruno Camille Carlos Chidi Clara Daan Diego Elena Emil Emma Erik Fatima Felix Freja Grace Hana Henrik Ines Isaac Iva Jakub Jonas Julia Kai Kenji Lara Leila Lena Lidia Luca Lukas Maja Marco Maria Mateo Mei Mikkel Nadia Nils Noor Olga Omar Pavel Petra Priya Rafael Ravi Rosa Samir Sara Sofia Stefan Tariq Teresa Thomas Tomas Uma Vera Victor Wanda Xavier Yara Yusuf Zoe'.split(' ');
export const lastNames = 'Abbas Almeida Andersen Bauer Becker Berg Bianchi Blanc Brandt Carvalho Castro Chen Costa Dahl Danso Dubois Eriksen Farah Fischer Fontaine Garcia Gruber Haas Haddad Hansen Hoang Horvat Ito Ivanov Jansen Kaya Keller Khan Kim Koch Kovacs Kowalski Larsen Lehmann Lindgren Lopez Marino Martin Mensah Meyer Moreau Mueller Nakamura Nguyen Nielsen Novak Nowak Okoye Olsen Ortiz Patel Petersen Popescu Reyes Ricci Romero Rossi Sahin Santos Schmidt Schneider Silva Singh Sorensen Suzuki Tanaka Torres Vasquez Vogel Wagner Weber Winter Wolf Wong Yilmaz Zhang'.split(' ');
export const departments = ['Sales', 'Finance', 'Engineering', 'Human Resources', 'Legal', 'Marketing', 'Operations', 'Support', 'Logistics', 'Research'];
export const cities = ['Berlin', 'Copenhagen', 'Dublin', 'Lisbon', 'Lyon', 'Milan', 'Oslo', 'Porto', 'Utrecht', 'Vienna'];
export const rings = ['Pilot', 'Early adopters', 'Production', 'Test', 'Kiosks', 'Executives'];
export const platforms = ['Windows', 'macOS', 'iOS/iPadOS', 'Android Enterprise'] as const;
export const apps = ['7-Zip', 'Adobe Acrobat Reader', 'Company Portal', 'Docker Desktop', 'Figma', 'Git for Windows', 'GIMP', 'Google Chrome', 'KeePassXC', 'LibreOffice', 'Microsoft 365 Apps', 'Microsoft Defender', 'Microsoft Edge', 'Microsoft Outlook', 'Microsoft Teams', 'Mozilla Firefox', 'Notepad++', 'PowerShell 7', 'PuTTY', 'SAP GUI', 'Slack', 'TeamViewer Host', 'VLC media player', 'Visual Studio Code', 'WireGuard', 'WinSCP', 'Zoom Workplace'];
export const subjects: Readonly<Record<string, readonly string[]>> = {
  configuration: ['Baseline', 'BitLocker', 'Browser hardening', 'Credential Guard', 'Defender Antivirus', 'Edge settings', 'FileVault', 'Firewall rules', 'LAPS', 'OneDrive known folders', 'Power management', 'USB storage control', 'Windows Hello'],
  profile: ['Custom OMA-URI', 'Device restrictions', 'E-mail profile', 'Kiosk', 'Root certificate', 'SCEP certificate', 'VPN', 'Wi-Fi corporate', 'Wi-Fi guest'],
  compliance: ['Compliance baseline', 'Encryption required', 'Minimum version', 'No jailbreak', 'Passcode', 'Threat level low'],
  script: ['Add-LocalPrinter.ps1', 'Clear-TeamsCache.ps1', 'Disable-SMBv1.ps1', 'Install-Fonts.ps1', 'Remove-ConsumerApps.ps1', 'Set-RegionalSettings.ps1', 'Set-Wallpaper.ps1'],
  healthScript: ['Battery health', 'Expired certificates', 'Low disk space', 'Pending reboot', 'Stale profiles', 'Time service'],
  shellScript: ['install-rosetta.sh', 'set-dock.sh', 'rename-mac.sh', 'enable-firewall.sh'],
  intent: ['Attack surface reduction', 'Endpoint detection and response', 'Security baseline for Windows', 'Account protection', 'Disk encryption'],
  enrollment: ['Device limit', 'Platform restriction', 'Enrollment status page', 'Windows Hello for Business', 'Co-management'],
  deviceSetup: ['Autopilot user-driven', 'Autopilot self-deploying', 'Autopilot pre-provisioned', 'Apple enrollment profile', 'Android dedicated devices'],
  appProtection: ['App protection – managed', 'App protection – unmanaged', 'App protection – strict'],
  appConfig: ['Outlook configuration', 'Edge managed', 'Teams defaults', 'Zebra OEMConfig'],
  updateRing: ['Update ring', 'Feature update', 'Quality update', 'Driver update', 'iOS update schedule'],
  filter: ['Corporate owned', 'Personal devices', 'Virtual machines', 'Surface only', 'Kiosk hardware'],
  role: ['Audit reader', 'Help desk level 1', 'Help desk level 2', 'Application packager', 'Branch IT', 'Wipe operator'],
  category: ['Laptop', 'Kiosk', 'Shared tablet', 'Meeting room', 'Warehouse scanner'],
  template: ['Not compliant reminder', 'Last warning', 'Welcome to compliance'],
  ebook: ['Employee handbook', 'Safety instructions', 'First aid guide', 'Travel policy'],
  authority: ['Root CA 2026', 'Issuing CA Wi-Fi', 'Issuing CA VPN'],
  approval: ['Approve app changes', 'Approve wipes', 'Approve scripts'],
  groupPolicyReport: ['Default Domain Policy', 'Workstations hardening', 'Branch printers', 'Legacy drive maps'],
  connector: ['Exchange ActiveSync connector', 'On-premises connector'],
  threatConnector: ['Microsoft Defender for Endpoint', 'Lookout for Work', 'Zimperium'],
};
