/**
 * Formulas on circuits: the conditions on each variable cut its values into cells, the formula
 * becomes an ordered decision diagram over these, and the paths of the diagram are disjoint cubes,
 * each of which is evidence of intervals and sets of states. Knows {@code formula}, {@code flat}
 * and what lies below.
 *
 * <p>Sources: Srinivasan, Kam, Malik and Brayton, <i>Algorithms for discrete function
 * manipulation</i> (ICCAD 1990), for multi-valued decision diagrams; Choi, Van den Broeck and
 * Darwiche, <i>Tractable learning for structured probability spaces</i> (IJCAI 2015), for formulas
 * times circuits.
 */
@NullMarked
package org.ugmm.engine.logic;

import org.jspecify.annotations.NullMarked;
