package org.ugmm.engine.batch.plan;

import org.ugmm.engine.batch.plan.Plan.Enter;
import org.ugmm.engine.batch.plan.Plan.Leave;
import org.ugmm.engine.batch.plan.Plan.LinearSums;
import org.ugmm.engine.batch.plan.Plan.LogProducts;
import org.ugmm.engine.batch.plan.Plan.Mixtures;
import org.ugmm.engine.batch.plan.Plan.Multiply;
import org.ugmm.engine.batch.plan.Plan.Sums;
import org.ugmm.engine.batch.plan.Plan.Univariate;

/**
 * A reader of the steps of a plan, one method a kind of step, so that the compiler finds every
 * reader of a new kind.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public interface StepVisitor<A> {
  void mixtures(Mixtures<A> step);

  void logProducts(LogProducts<A> step);

  void univariate(Univariate<A> step);

  void enter(Enter<A> step);

  void sums(Sums<A> step);

  void multiply(Multiply<A> step);

  void leave(Leave<A> step);

  void linearSums(LinearSums<A> step);
}
