/** Names of shared mailboxes, in the four languages of the pages. */
const sharedNames: readonly string[] = [
  'info contact kontakt office mail post hello hallo bonjour team all iedereen welcome welkom bienvenue willkommen reception receptie onthaal',
  'accueil empfang desk frontdesk balie loket guichet schalter help helpdesk support service admin administratie administration verwaltung',
  'secretariaat secretariat sekretariat staff personeel personnel personal hr jobs sales verkoop ventes verkauf billing invoices facturen',
  'factures rechnung boekhouding comptabilite buchhaltung bibliotheek bibliotheque bibliothek library jeugd jeunesse jugend sport cultuur',
  'culture kultur gemeente commune gemeinde stad ville stadt noreply no-reply postmaster webmaster',
].flatMap((line) => line.split(' '));

/** The defaults of a deployment. They are recommended values: each exists because nobody should have to find it. */
export const defaults = {
  listen: { host: '127.0.0.1', port: 3000, proxy: false },
  defaultLanguage: 'en',
  formOfAddress: 'formal',
  signIn: {
    order: 'name-first',
    username: 'name',
    interactionMinutes: 60,
    secureAccount: false,
    askForKeyAtSingle: true,
    trustedBrowser: { enabled: false, days: 7 },
  },
  sharedMailboxes: {
    mayEnrol: true,
    localParts: sharedNames,
  },
  sessions: { absoluteHours: 24, idleHours: 1, refreshHours: 24, refreshGraceSeconds: 20 },
  keys: { publishHours: 24 },
  acr: {
    single: 'urn:rekey:acr:single',
    low: 'urn:rekey:acr:low',
    substantial: 'urn:rekey:acr:substantial',
    high: 'urn:rekey:acr:high',
  },
  /** NIST SP 800-63B-4 §3.1.1.2: 8 characters with a second step, 15 where the password may be enough alone. */
  password: { minimumLength: 8, minimumLengthAlone: 15, reset: 'off' },
  /** NIST SP 800-63B-4 §3.2.2: at most 100 consecutive failures. */
  limits: {
    pauseAfter: 5,
    blockAfter: 50,
    blockAfterIn30Days: 100,
    wrongFromNetworkPerHour: 100,
    signInsFromNetworkPerMinute: 300,
    sendEverySeconds: 30,
    sendPerHour: 5,
    sendPerDay: 10,
  },
  /** ASVS 6.4.5: in time to get another one. */
  reminders: { daysBefore: [90, 30, 7, 1], quietHours: { from: '20:00', until: '09:00' } },
  extensions: { mostDays: 92, mostPercent: 5 },
  activation: { days: 14 },
  audit: { retentionDays: 365 },
  smtp: { port: 587, security: 'starttls' },
  sms: {
    perNumberHour: 5,
    perNumberDay: 10,
    blockDigits: 4,
    perBlockHour: 50,
    perCountryHour: 1_000,
    perNetworkHour: 60,
    perMessage: 0.1,
    moneyHour: 50,
    moneyDay: 200,
    moneyMonth: 2_000,
    alarmAt: 0.8,
    /** Together with the rest of the page it is below a second. */
    riskTimeoutMs: 500,
    riskOnFailure: 'deny',
  },
  mongodb: { pool: 20, timeoutSeconds: 4.5 },
  demo: { relyingPartyPort: 3001, helperPort: 3002, client: 'demo-rp' },
} as const;
