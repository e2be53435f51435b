/**
 * Networks with Gaussian links, what is common to all queries: the network with the evidence folded
 * in, its values at points, its proven ranges over boxes, and the proof that one state wins
 * everywhere in a box.
 *
 * <p>Here and in the rooms within: what is called {@code Bounds} is proven, {@code Values}, {@code
 * Point} and {@code Estimate} are not.
 *
 * <p>Sources: arXiv:2509.07569 for the network; Moore, Kearfott and Cloud, <i>Introduction to
 * Interval Analysis</i> (2009), for the ranges; Griewank and Walther, <i>Evaluating Derivatives</i>
 * (2008), for their slopes.
 */
@NullMarked
package org.ugmm.engine.deep;

import org.jspecify.annotations.NullMarked;
