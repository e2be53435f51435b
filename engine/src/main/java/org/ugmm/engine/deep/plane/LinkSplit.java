package org.ugmm.engine.deep.plane;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkPoint;

/**
 * Chooses the variable whose interval is to be halved for a better bound by {@link LinkPlanes}.
 * Proves nothing. Not thread-safe.
 */
final class LinkSplit {
  /*
   * Each link is blamed for its part in the distance between bound and value, and passes the blame
   * on to the terms of the unit below it, by their widths; it ends at the variables.
   */
  private final ConditionedNetwork r;
  private final LinkPlanes planes;
  private final double[] blame;
  private final double[] score;
  private final double[] leafScore;
  private final int[] worstLeaf;

  LinkSplit(LinkPlanes planes) {
    this.planes = planes;
    r = planes.units.r;
    blame = new double[r.numUnits];
    score = new double[r.numFree()];
    leafScore = new double[r.numFree()];
    worstLeaf = new int[r.numFree()];
  }

  /**
   * Chooses a real variable; may move the point where its interval is cut.
   *
   * @param range [numFree] the box that the planes have just bounded
   * @param best all units at the best point known
   * @return the variable, -1 where no interval can be halved
   */
  int choose(@Nullable LeafRange[] range, NetworkPoint best) {
    planes.plane.evaluatePeak(planes.units.top, range);
    Arrays.fill(blame, 0);
    Arrays.fill(score, 0);
    Arrays.fill(leafScore, 0);
    int output = r.outputs[0];
    blame[output] = 1e-4 * planes.ranges.hi[output];
    for (int u = output; u >= 0; u--) {
      if (planes.plane.alpha[u] != 0 || blame[u] != 0) {
        pass(u, best);
      }
    }
    int variable = -1;
    double most = -1;
    for (int i = 0; i < score.length; i++) {
      LeafRange leaf = range[i];
      if (leaf != null && leaf.middle() > leaf.lo && leaf.middle() < leaf.hi && score[i] > most) {
        most = score[i];
        variable = i;
      }
    }
    LeafRange chosen = variable < 0 ? null : range[variable];
    if (chosen != null && leafScore[variable] > 0) {
      chosen.cutBeside(worstLeaf[variable]);
    }
    return variable;
  }

  private void pass(int u, NetworkPoint best) {
    double total = 0;
    for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
      total += planes.ranges.termHi[t] - planes.ranges.termLo[t];
    }
    if (!(total > 0)) {
      return;
    }
    for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
      double share = blame[u] * ((planes.ranges.termHi[t] - planes.ranges.termLo[t]) / total);
      for (int f = r.factorStart[t]; f < r.factorStart[t + 1]; f++) {
        int ref = r.factorRef[f];
        if (r.factorKind[f] >= ConditionedNetwork.LINK) {
          blame[ref] += share + planes.slack(t, u, best);
        } else if (r.factorKind[f] == ConditionedNetwork.GAUSSIAN) {
          score[ref] += share;
          if (planes.units.kind[t] == LinkUnits.LEAF && share > leafScore[ref]) {
            leafScore[ref] = share;
            worstLeaf[ref] = planes.units.position[t];
          }
        }
      }
    }
  }
}
