package org.ugmm.compiler.model;

import java.util.List;

/** What a reader yields: a layered network, a circuit node by node, or a product of tables. */
public sealed interface Model permits Network, NodeTable, FactorModel {

  /** The name of the file, for messages. */
  String source();

  /** The name of the format, such as {@code ugmm-network/1}. */
  String format();

  /** The variables that the document declares, in its order. */
  List<ModelVariable> variables();
}
