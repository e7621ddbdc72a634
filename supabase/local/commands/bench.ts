/** `npm run bench`: the measurements of tests/bench/, printed and written to docs/bench/latest.json. */
import '../../../tests/bench/live.ts';
