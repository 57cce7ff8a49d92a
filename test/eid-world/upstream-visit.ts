/** A person at the test provider, without a browser: follows the redirects, confirms as somebody, and comes back. */
const mostSteps = 12;

/**
 * @param to where the main button leads
 * @param sub who confirms; `''` cancels
 * @param home begins the address to which the provider sends the person back: it is not followed
 */
export async function visitUpstream(to: string, sub: string, home: string): Promise<Record<string, string>> {
  const jar = new Map<string, string>();
  const go = async (address: string, init: { readonly method?: string; readonly body?: URLSearchParams } = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, { ...init, redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return response;
  };
  let address = to;
  let response = await go(address);
  for (let steps = 0; steps < mostSteps; steps += 1) {
    const location = response.headers.get('location');
    if (location === null) {
      if (!new URL(address).pathname.startsWith('/app/'))
        throw new Error(`${address} answers ${response.status}: ${(await response.text()).slice(0, 200)}`);
      response = await go(address, { method: 'POST', body: new URLSearchParams({ sub }) });
      continue;
    }
    address = new URL(location, address).href;
    if (address.startsWith(home)) return Object.fromEntries(new URL(address).searchParams);
    response = await go(address);
  }
  throw new Error('The provider does not send the person back.');
}
