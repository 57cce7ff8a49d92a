/**
 * The calls of the suite's API that a run needs (what its own `scripts/conformance.py` does), in development mode:
 * without a log-in.
 */
import { z } from 'zod';

const Plan = z.object({
  id: z.string(),
  modules: z.array(z.object({ testModule: z.string(), variant: z.record(z.string(), z.string()).nullish() })),
});
const Visit = z.object({ url: z.string(), method: z.string().nullish() });
const Running = z.object({ browser: z.object({ urlsWithMethod: z.array(Visit) }).nullish() });
const Info = z.object({ status: z.string(), result: z.string().nullish(), summary: z.string().nullish() });
const LogLine = z.object({
  src: z.string().nullish(),
  msg: z.string().nullish(),
  result: z.string().nullish(),
  upload: z.string().nullish(),
});

export type ModuleEntry = z.infer<typeof Plan>['modules'][number];
export type SuiteVisit = z.infer<typeof Visit>;
export type LogEntry = z.infer<typeof LogLine>;

export class Suite {
  readonly origin: string;

  constructor(url: string) {
    this.origin = new URL(url).origin;
  }

  async createPlan(planName: string, variant: Readonly<Record<string, string>>, configuration: object) {
    const query = { planName, variant: JSON.stringify(variant) };
    return Plan.parse(await this.#call('POST', 'api/plan', query, JSON.stringify(configuration)));
  }

  /** Creates a module of a plan, which then starts by itself. */
  async startModule(plan: string, { testModule: test, variant }: ModuleEntry): Promise<string> {
    const query = { test, plan, ...(variant && { variant: JSON.stringify(variant) }) };
    return z.object({ id: z.string() }).parse(await this.#call('POST', 'api/runner', query)).id;
  }

  async info(module: string) {
    return Info.parse(await this.#call('GET', `api/info/${module}`));
  }

  /** The addresses that a person is now asked to go to. */
  async visits(module: string): Promise<readonly SuiteVisit[]> {
    const running = Running.parse(await this.#call('GET', `api/runner/${module}`));
    return running.browser?.urlsWithMethod ?? [];
  }

  async visited(module: string, url: string): Promise<void> {
    await this.#call('POST', `api/runner/browser/${module}/visit`, { url });
  }

  async log(module: string): Promise<readonly LogEntry[]> {
    return z.array(LogLine).parse(await this.#call('GET', `api/log/${module}`));
  }

  /** The picture that the module now waits for, if any. */
  async awaitedPicture(module: string): Promise<string | undefined> {
    const images = z.array(LogLine.extend({ img: z.string().nullish() }));
    const all = images.parse(await this.#call('GET', `api/log/${module}/images`));
    return all.find(({ upload, img }) => upload && !img)?.upload ?? undefined;
  }

  async giveImage(module: string, placeholder: string, png: Buffer): Promise<void> {
    const picture = `data:image/png;base64,${png.toString('base64')}`;
    await this.#call('POST', `api/log/${module}/images/${placeholder}`, {}, picture, 'text/plain');
  }

  async #call(
    method: string,
    path: string,
    query: Readonly<Record<string, string>> = {},
    body?: string,
    type = 'application/json',
  ): Promise<unknown> {
    const answer = await fetch(`${this.origin}/${path}?${new URLSearchParams(query).toString()}`, {
      method,
      headers: { 'content-type': type },
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
