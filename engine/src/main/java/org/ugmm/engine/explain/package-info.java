/**
 * Why an answer is what it is, and what to ask next: what each piece of evidence did to the
 * posterior of a target ({@link org.ugmm.engine.explain.Explainer}), and what the value of a
 * variable that is not known yet would tell of it ({@link org.ugmm.engine.explain.Advisor}).
 *
 * <p>Stands on the front door and asks it for posteriors, nothing else: a variable that is left out
 * of the evidence is integrated out, so no background data and no sampling are needed. Information
 * is in nats.
 */
@NullMarked
package org.ugmm.engine.explain;

import org.jspecify.annotations.NullMarked;
