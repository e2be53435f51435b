package org.ugmm.compiler.build.network;

import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.build.Trained.Accuracy;
import org.ugmm.compiler.model.Network;

/**
 * A network that was learned.
 *
 * @param network the model, with domains
 * @param epochs passes over the rows
 * @param bestEpoch the one whose parameters scored best on the rows kept back
 * @param numTrain rows that were learned from in the end
 * @param numIncomplete rows that were left out because a cell of them is missing
 * @param numValid rows kept back
 * @param valid mean log of the rows kept back, as the network leaves it: not normalised where it
 *     has links; NaN without such rows
 * @param classLog mean log-probability of the right class on them
 * @param calibration expected calibration error on them, ten bins
 * @param accuracy of the class on them; null without a class
 * @param numLeftOut steps left out because a number was not finite
 * @param isStopped whether the caller or the clock ended it
 * @param price of the tractable form in accuracy; null where it was not measured
 */
public record TrainedNetwork(
    Network network,
    int epochs,
    int bestEpoch,
    int numTrain,
    int numIncomplete,
    int numValid,
    double valid,
    double classLog,
    double calibration,
    @Nullable Accuracy accuracy,
    int numLeftOut,
    boolean isStopped,
    @Nullable Price price) {

  /**
   * The tractable form beside the paper's of the same sizes, both learned from the same rows and
   * asked about the same complete rows kept back.
   *
   * @param tractable accuracy of the tractable form
   * @param linked accuracy of the paper's
   */
  public record Price(Accuracy tractable, Accuracy linked) {}
}
