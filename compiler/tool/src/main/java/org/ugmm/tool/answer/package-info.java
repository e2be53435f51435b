/**
 * The one way of the data: a source of rows, a {@link org.ugmm.tool.answer.Question}, its answers,
 * a sink. A single query is the same with one row. A question knows how to ask for one answer, how
 * to ask for a batch, and which columns its answers fill; who prints them knows nothing of how they
 * came about. Knows tables and the engine, no command line.
 */
@NullMarked
package org.ugmm.tool.answer;

import org.jspecify.annotations.NullMarked;
