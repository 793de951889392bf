/** The cards. */

export {};
