// The look of a point on the screen, as far as both renderers and those who choose colours must agree on it.

/** What a colour's highest byte says of its point. */
export const ALPHA = { hidden: 0, large: 254, normal: 255 };

/** A point's size on the screen, in pixels: larger when near. */
export const NEARNESS = { share: 0.6, metres: 9, most: 2 };
