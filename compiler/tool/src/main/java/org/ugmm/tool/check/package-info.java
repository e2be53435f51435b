/**
 * Which rows of a table, and which cells in them, a model finds surprising, and how a second table
 * differs from the first: tail probabilities, the control of false discoveries, tests of drift.
 */
@NullMarked
package org.ugmm.tool.check;

import org.jspecify.annotations.NullMarked;
