/** Set while the user signs out in this tab: a request that finds the session ended meanwhile is no surprise. */
export const signingOut = { now: false };
