/** Creates the context of a request. Each fact is computed when it is first needed: most requests need few. */
import { thingsInHand, type FactorId, type Language, type ThingInHand } from '../factors/contract.ts';
import { effective, maySignIn, type Circumstances } from '../factors/policy/lifecycle.ts';
import { assess, type Advice, type Candidate } from '../factors/policy/migration.ts';
import { countsForBar } from '../factors/policy/binding-bar.ts';
import { deadlineFor, secondStep, type Holding, type SecondStep } from '../factors/policy/second-step.ts';
import type { EffectiveSchedule, FactorStatus, Level } from '../factors/policy/types.ts';
import type { Occasion } from '../digital-keys/verify-key.ts';
import { circumstancesOf } from '../accounts/circumstances.ts';
import { defined } from '../accounts/defined.ts';
import type { Key, Person, TrustedBrowser } from '../accounts/person.ts';
import { personFor } from './activation/fresh-start.ts';
import { linkFault } from './activation/link.ts';
import { termsDue } from './activation/terms-due.ts';
import { bestFirst } from './best-first.ts';
import { consentDue } from './consent/third-party.ts';
import { bindingRights, type BindingRights } from './binding-rights.ts';
import { candidatesFor, suits } from './key-candidates.ts';
import { isRecent } from './recent.ts';
import { resetKeys, resetNeed, type ResetNeed } from './reset-need.ts';
import type { SignInState } from './sign-in-state.ts';
import { mayBeTrusted } from './trust-rules.ts';
import type { ClientRule, FactorRule, SecondStepRules, SignInContext, ContextFacts } from './context.ts';

const kindsOf = (keys: readonly Key[]): readonly FactorId[] => [...new Set(keys.map(({ factor }) => factor))];

class LazyContext implements SignInContext {
  readonly uid: string;
  readonly now: number;
  readonly language: Language;
  readonly order: ContextFacts['order'];
  readonly client: ClientRule;
  readonly level: Level;
  readonly action: ContextFacts['action'];
  readonly state: SignInState;
  readonly link: ContextFacts['link'];
  readonly linkFault: SignInContext['linkFault'];
  readonly termsDue: boolean;
  readonly consent: ContextFacts['consent'];
  readonly consentDue: boolean;
  readonly person: Person | undefined;
  readonly factors: readonly FactorRule[];
  readonly strengthOf: ContextFacts['strengthOf'];
  readonly rules: SecondStepRules;
  readonly schedules: ContextFacts['schedules'];
  readonly #facts: ContextFacts;
  readonly #known = new Map<FactorId, EffectiveSchedule | undefined>();
  #suitable: readonly FactorRule[] | undefined;
  #activeKeys: readonly Key[] | undefined;
  #usableKeys: readonly Key[] | undefined;
  #provableKeys: readonly Key[] | undefined;
  #listed: readonly FactorId[] | undefined;
  #offered: readonly FactorId[] | undefined;
  #holding: Holding | undefined;
  #secondStep: SecondStep | undefined;
  #bindingRights: BindingRights | undefined;

  constructor(facts: ContextFacts) {
    this.uid = facts.uid;
    this.now = facts.now;
    this.language = facts.language;
    this.order = facts.order;
    this.client = facts.client;
    this.level = facts.level;
    this.action = facts.state.acted ? undefined : facts.action;
    // Whatever the person does meanwhile: keys are asked for as for every change of the account.
    this.state = this.action === undefined ? facts.state : { ...facts.state, securing: true };
    this.person = personFor(facts, this.action);
    this.link = facts.link;
    this.factors = facts.factors;
    this.strengthOf = facts.strengthOf;
    this.rules = facts.rules;
    this.schedules = facts.schedules;
    this.#facts = facts;
    this.linkFault = linkFault(this);
    this.termsDue = termsDue(this);
    this.consent = facts.consent;
    this.consentDue = consentDue(this);
  }

  with(changes: Partial<ContextFacts>): SignInContext {
    return new LazyContext({ ...this.#facts, ...changes });
  }

  readonly scheduleOf = (factor: FactorId): EffectiveSchedule | undefined => {
    if (this.#known.has(factor)) return this.#known.get(factor);
    const schedule = this.schedules[factor];
    const found = schedule && effective(schedule, this.#circumstances, this.now);
    this.#known.set(factor, found);
    return found;
  };

  readonly statusOf = (factor: FactorId): FactorStatus => this.scheduleOf(factor)?.status ?? 'active';

  readonly counts = (id: FactorId): boolean =>
    this.#ruleOf(id) !== undefined && (this.client.accepts?.includes(id) ?? true) && maySignIn(this.statusOf(id));

  readonly advise = (factor: FactorId): Advice => assess(this.scheduleOf(factor), this.#postponedBefore(factor));

  get suitable(): readonly FactorRule[] {
    return (this.#suitable ??= this.factors.filter((rule) => suits(this, rule)));
  }

  get usableKeys(): readonly Key[] {
    return (this.#usableKeys ??= bestFirst(
      this.#active.filter(
        (key) => maySignIn(this.statusOf(key.factor)) && this.suitable.some(({ factor }) => factor.id === key.factor),
      ),
      this.#isGoing,
    ));
  }

  get provableKeys(): readonly Key[] {
    return (this.#provableKeys ??= bestFirst(
      this.#active.filter(
        ({ factor }) =>
          this.#ruleOf(factor) !== undefined &&
          (maySignIn(this.statusOf(factor)) || assess(this.scheduleOf(factor)).kind === 'require'),
      ),
      this.#isGoing,
    ));
  }

  /** What the relying party accepts; in `name-first` after the name, and at a step-up, what the person has. */
  get offered(): readonly FactorId[] {
    return (this.#offered ??= this.#findOffered());
  }

  get others(): readonly FactorId[] {
    if (this.person === undefined) return [];
    const usable = kindsOf(this.usableKeys);
    const beside = this.order === 'key-first' ? usable : [...new Set([...usable, ...this.offered])];
    const { securing, forgotten, chosen } = this.state;
    return (securing || forgotten ? this.offered : beside).filter((id) => id !== chosen);
  }

  get hands(): readonly ThingInHand[] {
    return thingsInHand.filter((thing) => this.offeredFor(thing).length > 0);
  }

  readonly offeredFor = (inHand: ThingInHand): readonly FactorId[] =>
    this.offered.filter((id) => this.#ruleOf(id)?.factor.traits.inHand?.includes(inHand) ?? false);

  get holding(): Holding {
    return (this.#holding ??= this.#findHolding());
  }

  get trusted(): TrustedBrowser | undefined {
    if (!mayBeTrusted(this)) return undefined;
    /** A key that is being retired is asked for, so that its owner sees the dialog. */
    const staying = (id: string) =>
      this.usableKeys.some((key) => key.id === id && this.advise(key.factor).kind === 'none');
    return this.person?.trustedBrowsers?.find(
      (browser) => this.#facts.isTrustedHere?.(browser) && this.now < browser.until && staying(browser.key),
    );
  }

  get mayTrust(): number | undefined {
    const { chosen } = this.state;
    return mayBeTrusted(this) &&
      this.usableKeys.some(({ factor }) => factor === chosen && this.advise(factor).kind === 'none')
      ? this.rules.trustFor
      : undefined;
  }

  get secondStep(): SecondStep {
    return (this.#secondStep ??= secondStep({
      level: this.level,
      holding: this.permitted && this.holding === 'unusable' ? 'provable' : this.holding,
      trusted: this.trusted !== undefined,
      deadline: deadlineFor(this.rules.deadlines, this.#circumstances),
      asksForKey: this.rules.asksForKey,
      mayActivate: (this.rules.mayActivate || this.permitted) && this.#canActivate,
      now: this.now,
    }));
  }

  get fresh(): boolean {
    return isRecent(this.state.passwordAt, this.now);
  }

  get proofIsRecent(): boolean {
    return isRecent(this.state.proof?.at, this.now);
  }

  get unexpected(): boolean {
    return this.person !== undefined && this.#facts.isExpected?.(this.person.id) === false;
  }

  get reset(): ResetNeed {
    return resetNeed(this);
  }

  get mustProve(): boolean {
    return this.holding !== 'none' && !(this.permitted && this.provableKeys.length === 0);
  }
  readonly targetsOf = (from: FactorId | undefined): readonly Candidate[] =>
    this.#candidates(from).filter(({ id }) => this.mayBind(id, from));

  readonly whyNoTarget = (from: FactorId | undefined) =>
    this.#candidates(from).length > 0 ? 'stronger_proof_needed' : 'replacement_missing';

  readonly mayBind = (id: FactorId, from: FactorId | undefined): boolean => {
    const { proof } = this.state;
    const proved = proof?.assurance.strength ?? (from === undefined ? 'single' : this.#rights.strengthOf(from));
    return this.#rights.meets(proved, id);
  };

  readonly carriedFrom = (key: string | undefined) =>
    this.#rights.carriedFrom(
      this.person?.keys.find(({ id }) => id === key),
      this.state.proof?.assurance.strength ?? 'single',
    );

  get mayChangeAddress(): boolean {
    const { proof } = this.state;
    if (!proof && this.action && !this.mustProve) return this.#rights.meets('single', undefined);
    if (proof === undefined || !this.#active.some(({ id }) => id === proof.key)) return false;
    return this.#rights.meets(proof.assurance.strength, undefined);
  }

  get everywhere(): SignInContext['everywhere'] {
    return this.#facts.everywhere ?? [this];
  }

  readonly isOver = (key: Key): boolean => this.#facts.isOver?.(key) ?? false;
  readonly provesFor = (proving: Key, about: Key): boolean =>
    this.#rights.takesOff(this.#rights.strengthOfKey(proving), about);

  readonly mayTakeOff = (key: Key): boolean =>
    this.#rights.takesOff(this.state.proof?.assurance.strength ?? 'single', key);

  get permitted(): boolean {
    return this.#rights.permitted;
  }
  readonly #candidates = (from: FactorId | undefined): readonly Candidate[] => candidatesFor(this, from, this.#active);

  readonly occasion = (purpose: Occasion['purpose']): Occasion => {
    const { browser, device } = this.#facts;
    const { passwordFrom, passwordBrowser, passwordAt } = this.state;
    const known = defined({ browser, device, passwordFrom, passwordBrowser, passwordAt });
    return { interaction: this.uid, client: this.client.id, language: this.language, purpose, ...known };
  };

  get #circumstances(): Circumstances {
    return circumstancesOf(this.person ?? { groups: [] }, this.client.id);
  }

  get #active(): readonly Key[] {
    return (this.#activeKeys ??= this.person?.keys.filter(({ status }) => status === 'active') ?? []);
  }

  #ruleOf(id: FactorId | undefined): FactorRule | undefined {
    return this.factors.find(({ factor }) => factor.id === id);
  }

  readonly #isGoing = (factor: FactorId): boolean =>
    this.scheduleOf(factor)?.sunsetAt !== undefined && this.statusOf(factor) !== 'active';

  /** The postponements of this sign-in count as one. */
  #postponedBefore(factor: FactorId): number | undefined {
    const { count, signIn } = this.person?.postponements[factor] ?? { count: 0 };
    return this.person && count - (signIn === this.uid ? 1 : 0);
  }

  #takenHere(): readonly FactorId[] {
    return (this.#listed ??= this.suitable
      .map(({ factor }) => factor.id)
      .filter((id) => this.statusOf(id) !== 'purged'));
  }

  #findOffered(): readonly FactorId[] {
    if (this.state.forgotten?.mailbox) return kindsOf(resetKeys(this));
    if (this.state.securing && this.person !== undefined) return kindsOf(this.provableKeys);
    const listed = this.#takenHere();
    const isKnown = this.order === 'name-first' || this.state.sessionKeys !== undefined;
    if (this.person === undefined || !isKnown) return listed;
    return listed.filter((id) => kindsOf(this.#active).includes(id) && this.advise(id).kind !== 'refuse');
  }

  #findHolding(): Holding {
    if (!this.person?.keys.some(countsForBar)) return 'none';
    if (this.usableKeys.length > 0) return 'askable';
    const opens = ({ factor }: Key) => this.#takenHere().includes(factor) && this.advise(factor).kind === 'require';
    if (this.#active.some(opens)) return 'askable';
    return this.provableKeys.length > 0 ? 'provable' : 'unusable';
  }

  get #rights(): BindingRights {
    return (this.#bindingRights ??= bindingRights(this.person, this));
  }

  /** Whether the person can give a proof that permits a new key: of a key, or, where none is needed, of the mailbox. */
  get #canActivate(): boolean {
    const proofs: readonly Level[] = this.mustProve ? this.provableKeys.map(this.#rights.strengthOfKey) : ['single'];
    return this.#rights.reaches(proofs, this.#candidates(undefined));
  }
}

export const createContext = (facts: ContextFacts): SignInContext => new LazyContext(facts);
