/** Set while somebody signs out here: whatever else finds the session gone meanwhile was not an end that surprises. */
export const leaving = { now: false };
