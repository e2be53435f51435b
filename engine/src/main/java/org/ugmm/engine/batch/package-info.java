/**
 * Batches of rows: the check of their values, and the evaluation of several roots by tiles of
 * fitting size, with bounds, the log domain answering for rows that a tile does not vouch for.
 *
 * <p>The rooms below: {@code plan} makes the steps, {@code run} runs them, {@code error} bounds
 * them.
 */
@NullMarked
package org.ugmm.engine.batch;

import org.jspecify.annotations.NullMarked;
