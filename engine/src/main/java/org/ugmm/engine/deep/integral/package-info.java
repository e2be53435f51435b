/**
 * Integrals of networks with links: estimates by adaptive cubature and by shifted lattices,
 * enclosures by proven ranges over ever smaller boxes, and the proof which state of a variable has
 * the greatest integral.
 *
 * <p>Sources: Berntsen and Espelid (1991) for the error of a cubature by null rules; Cranley and
 * Patterson (1976) for random shifts of a lattice.
 */
@NullMarked
package org.ugmm.engine.deep.integral;

import org.jspecify.annotations.NullMarked;
