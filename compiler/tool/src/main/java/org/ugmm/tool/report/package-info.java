/**
 * The page about a model: what it is made of, what it answers, what it believes, which variables
 * depend on each other, and how it fits a table. One HTML file with everything in it. Knows
 * drawings and tables, no command line.
 */
@NullMarked
package org.ugmm.tool.report;

import org.jspecify.annotations.NullMarked;
