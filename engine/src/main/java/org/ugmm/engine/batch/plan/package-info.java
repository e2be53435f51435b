/**
 * How many rows are evaluated: a circuit as a straight list of steps over row vectors, and where
 * these stand.
 *
 * <p>A node's value is LOG, SCALED or LINEAR; {@link org.ugmm.engine.batch.plan.Plan} says what
 * that means. A plan is immutable and shared by all evaluators of a circuit. Knows the kernels that
 * will run it, not the tile that does.
 */
@NullMarked
package org.ugmm.engine.batch.plan;

import org.jspecify.annotations.NullMarked;
