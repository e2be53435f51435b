/**
 * From products of tables to circuits: an order of elimination is searched, then the variables are
 * summed out in it, and the sums and products are recorded as circuit nodes. Knows the tables of
 * {@code read} and the graph, no pass. Papers: Darwiche, A differential approach to inference in
 * Bayesian networks (JACM 2003); Chavira and Darwiche, Compiling Bayesian networks using variable
 * elimination (IJCAI 2007).
 */
@NullMarked
package org.ugmm.compiler.eliminate;

import org.jspecify.annotations.NullMarked;
