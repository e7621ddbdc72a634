/** The shortest password that the app takes; config.toml asks Auth for the same. */
export const PASSWORD_MIN = 10;
