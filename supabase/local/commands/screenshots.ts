/** `npm run screenshots`: pictures of every screen into docs/screens/. */
import '../../../tests/screenshots.ts';
