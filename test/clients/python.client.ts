// Pages about clients of Python, followed to the letter.
import { followed } from './sign-in-there.ts';

followed('authlib-flask', { tool: 'python', logout: '/logout' });
followed('mozilla-django-oidc', { tool: 'python', shows: ({ email }) => [email] });
followed('django-allauth', { tool: 'python' });
followed('python-social-auth', { tool: 'python', onward: (agent, page) => agent.submit(page) });
