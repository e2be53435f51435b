/**
 * Fills the holes of a table: what goes into a cell that is missing, how certain that is, and how
 * the table is written with all else as it was.
 */
@NullMarked
package org.ugmm.tool.fill;

import org.jspecify.annotations.NullMarked;
