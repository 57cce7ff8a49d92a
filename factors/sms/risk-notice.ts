/**
 * The version of the explanation of the risk (`enrol.risk` in the locales). Raise it when its meaning changes: the
 * accepted version is stored with the key and in the audit log.
 */
export const riskNotice = 1;
