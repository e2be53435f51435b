/**
 * Readers of Bayesian and Markov networks: BIF, XMLBIF, GeNIe's XDSL, UAI. Each yields a {@link
 * org.ugmm.compiler.model.FactorModel}, tables over categorical variables; what no grammar says
 * (sums of rows, cycles, names) is checked in one place. Knows no circuit: the elimination of
 * variables makes one later.
 */
@NullMarked
package org.ugmm.compiler.read.network;

import org.jspecify.annotations.NullMarked;
