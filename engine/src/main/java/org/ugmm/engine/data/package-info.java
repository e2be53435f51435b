/**
 * The words that everybody uses and the answers that come back: variables and kinds of node,
 * options, exceptions, certificates, log-probabilities, posteriors and their functions, most
 * probable explanations, structural properties.
 *
 * <p>Knows no circuit: a learner, a reader of files or a user may make these values without one.
 * All of them are immutable. Log-probabilities are natural logs, probabilities of a posterior
 * linear.
 */
@NullMarked
package org.ugmm.engine.data;

import org.jspecify.annotations.NullMarked;
