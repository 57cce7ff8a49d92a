// Pages about clients of Go, Rust and Java, followed to the letter.
import { followed } from './sign-in-there.ts';

followed('go-oidc', { tool: 'go', logout: '/logout' });
followed('oauth2-proxy', {
  tool: 'go',
  words: '--cookie-secure=false',
  shownAt: '/oauth2/userinfo',
  shows: ({ email }) => [email],
});
followed('openidconnect-rs', { tool: 'cargo' });
followed('spring-security', { tool: 'maven' });
followed('quarkus', { tool: 'maven', logout: '/logout' });
followed('fapi2-java', { tool: 'maven', isAsked: true });
