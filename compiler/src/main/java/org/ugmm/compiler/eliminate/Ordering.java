package org.ugmm.compiler.eliminate;

/**
 * An order in which to sum variables out, and what it costs before any structure inside the tables
 * is used.
 *
 * @param order [n] the variables, the first to be eliminated first; empty when every order tried
 *     was given up because one of its cliques alone was too large
 * @param edges the edges that a circuit needs when no entry is zero and no two rows are alike; may
 *     be infinite
 * @param edgesOf [n] the part of them that each elimination adds, in the order
 * @param clique the variables of the largest table
 * @param cliqueStates the number of joint states of that table; may be infinite
 */
record Ordering(int[] order, double edges, double[] edgesOf, int[] clique, double cliqueStates) {}
