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
    boolean isStopped) {}
