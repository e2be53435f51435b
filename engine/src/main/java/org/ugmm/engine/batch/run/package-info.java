/**
 * Runs plans: the workspace of a tile of rows, the upward pass through the steps of a plan, and the
 * downward pass for posteriors, spelled as kernel calls.
 *
 * <p>Nothing is allocated once a tile is made. Says where too much may have been lost to underflow;
 * how much rounding may have cost is said by {@code batch.error}.
 */
@NullMarked
package org.ugmm.engine.batch.run;

import org.jspecify.annotations.NullMarked;
