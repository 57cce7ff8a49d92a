/** What an operator may know of a telephone number that we do not: a new SIM card, a porting, an internet telephone. */
export interface RiskQuestion {
  /** E.164. */
  readonly number: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Pseudonymous. */
  readonly person: string;
  /** What the message is for: the kind of key and the name of the message. */
  readonly purpose: string;
}

/** Bounded in time; never throws: an answer that does not come is a decision that was made beforehand. */
export type RiskCheck = (question: RiskQuestion) => Promise<'allow' | 'deny'>;
