// Pages about clients of Python, followed to the letter.
import { freePort } from '../harness/free-port.ts';
import { followed } from './sign-in-there.ts';

followed('authlib-flask', { tool: 'python', logout: '/logout' });
followed('mozilla-django-oidc', { tool: 'python', shows: ({ email }) => [email] });
followed('django-allauth', { tool: 'python' });
followed('python-social-auth', { tool: 'python', onward: (agent, page) => agent.submit(page) });
const [hub, proxy] = [await freePort(), await freePort()];
followed('jupyterhub', {
  tool: 'python',
  shows: ({ username }) => [username],
  // Two ports of its own, which are always the same otherwise.
  words: `--JupyterHub.hub_bind_url=http://127.0.0.1:${hub} --ConfigurableHTTPProxy.api_url=http://127.0.0.1:${proxy}`,
  endsItself: true,
  // Its proxy answers before it does.
  prints: /JupyterHub is now running/,
  logout: '/hub/logout',
});
