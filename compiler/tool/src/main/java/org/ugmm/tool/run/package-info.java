/**
 * A table row by row: read by one thread, worked on by several, written in the order of its rows,
 * with memory that does not grow with it. Knows tables, no queries: what is done with rows is a
 * {@link org.ugmm.tool.run.RowWork}.
 */
@NullMarked
package org.ugmm.tool.run;

import org.jspecify.annotations.NullMarked;
