/**
 * The most probable explanation of networks with links: upper planes of the units over a box,
 * splits of the box where the planes are loose, and local ascent for candidates.
 *
 * <p>Planes are proven, points and ascents are not. Source: Hansen and Walster, <i>Global
 * Optimization Using Interval Analysis</i> (2004).
 */
@NullMarked
package org.ugmm.engine.deep.plane;

import org.jspecify.annotations.NullMarked;
