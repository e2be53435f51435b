/**
 * Numbers that every room needs: the unit of rounding and its conversions, sums of logs with a
 * running error, the mass of a Gaussian over an interval, truncated Gaussians, and a generator
 * whose rows do not depend on each other.
 *
 * <p>Knows no variable and no circuit. Errors are counted in units of 2^-53 of a natural log unless
 * a name says otherwise. Sources: Higham, <i>Accuracy and Stability of Numerical Algorithms</i>
 * (2002); Steele, Lea and Flood, <i>Fast Splittable Pseudorandom Number Generators</i> (2014).
 */
@NullMarked
package org.ugmm.engine.number;

import org.jspecify.annotations.NullMarked;
