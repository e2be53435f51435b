package org.ugmm.tool.answer;

import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.Precision;

/**
 * How questions are answered.
 *
 * @param inference what a row that stands alone may have, and cost
 * @param precision of batches
 * @param wantsBounds whether the error bound of each row is wanted
 */
public record AskOptions(InferenceOptions inference, Precision precision, boolean wantsBounds) {}
