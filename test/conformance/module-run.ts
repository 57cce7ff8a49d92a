/** One module of a plan from its start to its result, with a browser of its own. Called by `main.ts`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Deployment, DemoPerson } from './deployment.ts';
import { goTo, walk, type Journey } from './person.ts';
import type { PlanToRun } from './plans.ts';
import type { ModuleEntry, Suite, SuiteVisit } from './suite.ts';

const pictures = join(import.meta.dirname, '../../.screenshots/conformance');

export interface ModuleResult {
  readonly module: string;
  /** The suite's result: PASSED, WARNING, REVIEW, SKIPPED, FAILED; or INTERRUPTED, or LATE. */
  readonly result: string;
  /** Lines of its log that are a warning or a failure, and errors of the browser. */
  readonly remarks: readonly string[];
}

interface Ground {
  readonly suite: Suite;
  readonly browser: Browser;
  readonly deployment: Deployment;
  readonly plan: PlanToRun;
  readonly planId: string;
}

/** The suite wants a screenshot of the page of a second sign-in. */
const asksForSignInPage = /^oidcc-(prompt-login|max-age-1)$/;
/** For a sign-out that cannot be accepted: the screenshot shows the question, not the page after it. */
const asksForQuestion = /^oidcc-rp-initiated-logout-(bad|modified|no-id-token-hint|query-added)/;
/** Open its first address and do nothing more. */
const opensTwice = /par-ensure-reused-request-uri-prior-to-auth-completion-succeeds$/;
const givesUp = /user-rejects-authentication$/;
const longest = 8 * 60_000;

export async function runModule(ground: Ground, entry: ModuleEntry, someone: DemoPerson): Promise<ModuleResult> {
  const { suite, browser, deployment, planId } = ground;
  const module = entry.testModule;
  const id = await suite.startModule(planId, entry);
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: someone.language });
  const remarks: string[] = [];
  const journey: Journey = {
    page: await context.newPage(),
    deployment,
    someone,
    suite: suite.origin,
    givesUp: givesUp.test(module),
  };
  try {
    const until = performance.now() + longest;
    for (let visits = 0; performance.now() < until;) {
      const { status, result } = await suite.info(id);
      if (status === 'FINISHED' || status === 'INTERRUPTED') {
        const lines = await suite.log(id);
        const bad = lines.filter((line) => line.result === 'FAILURE' || line.result === 'WARNING');
        remarks.push(...bad.map((line) => `${line.result} ${line.src}: ${line.msg}`));
        return { module, result: status === 'INTERRUPTED' ? status : (result ?? 'UNKNOWN'), remarks };
      }
      const [visit] = await suite.visits(id).catch(() => []);
      if (visit) {
        visits += 1;
        const remark = await make(ground, journey, { id, module, visit, visits }).catch(String);
        if (remark !== undefined) remarks.push(remark);
      } else {
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
    return { module, result: 'LATE', remarks };
  } finally {
    await context.close();
  }
}

interface One {
  readonly id: string;
  readonly module: string;
  readonly visit: SuiteVisit;
  /** The number of this run of the module, from 1. */
  readonly visits: number;
}

/** @returns remarks: a page from which no button leads on */
async function make({ suite, plan }: Ground, journey: Journey, one: One): Promise<string | undefined> {
  const { id, module, visit, visits } = one;
  const { page } = journey;
  await suite.visited(id, visit.url);
  const isAuthorization = new URL(visit.url).pathname.endsWith('/auth');
  await goTo(journey, visit.url, visit.method === 'POST' || (plan.byPost === true && isAuthorization));
  if (opensTwice.test(module) && visits === 1) return undefined;
  if (asksForSignInPage.test(module)) await picture(suite, page, one, plan.id);
  const ending = await walk({
    ...journey,
    ...(asksForQuestion.test(module) && { askedToSignOut: () => picture(suite, page, one, plan.id) }),
  });
  if (ending.kind === 'returned') return undefined;
  await picture(suite, page, one, plan.id);
  return `ended on the page ${ending.step} (${ending.reason ?? 'no reason'})`;
}

async function picture(suite: Suite, page: Page, { id, module }: One, plan: string): Promise<void> {
  const placeholder = await suite.awaitedPicture(id);
  if (placeholder === undefined) return;
  const png = await page.screenshot({ animations: 'disabled', fullPage: true });
  await mkdir(pictures, { recursive: true });
  await writeFile(join(pictures, `${plan}-${module}.png`), png);
  await suite.giveImage(id, placeholder, png);
}
