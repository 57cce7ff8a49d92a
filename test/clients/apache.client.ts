// The page about a module of Apache httpd, followed to the letter with Debian's packages.
import { followed } from './sign-in-there.ts';

followed('mod-auth-openidc', {
  tool: 'debian',
  start: '/secure/',
  logout: '/secure/redirect_uri?logout={app}%2F',
});
