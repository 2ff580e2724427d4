/**
 * Loaded before every test file: with PORTHOLE_SEED set, property tests draw the same cases in each run, so that a run that fails tells of
 * a change and not of a lucky draw. Without it each run draws others; what fails prints its own seed.
 */
import fc from "fast-check";

const { PORTHOLE_SEED } = process.env;
if (PORTHOLE_SEED !== undefined) fc.configureGlobal({ seed: Number(PORTHOLE_SEED) });
