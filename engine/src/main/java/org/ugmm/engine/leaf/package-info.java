/**
 * Leaves on one real variable or count: densities, masses, modes, moments and draws of each family,
 * with bounds on rounding; and the posteriors that are mixtures of them.
 */
@NullMarked
package org.ugmm.engine.leaf;

import org.jspecify.annotations.NullMarked;
