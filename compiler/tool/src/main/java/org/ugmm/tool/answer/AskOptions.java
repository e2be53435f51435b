package org.ugmm.tool.answer;

import java.util.Set;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.Precision;

/**
 * How questions are answered.
 *
 * @param allowed certificates that an answer may have
 * @param seed of random numbers
 * @param precision of batches
 * @param wantsBounds whether the error bound of each row is wanted
 */
public record AskOptions(Set<Kind> allowed, long seed, Precision precision, boolean wantsBounds) {}
