// Pages about clients of Node.js, followed to the letter. Their packages come from the registry at the first run.
import { followed } from './sign-in-there.ts';

followed('openid-client', { tool: 'node', logout: '/logout' });
followed('express-openid-connect', { tool: 'node', logout: '/logout' });
followed('passport-openidconnect', { tool: 'node' });
followed('auth-js', {
  tool: 'node',
  onward: (agent, page) => agent.submit(page),
});
