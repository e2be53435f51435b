/**
 * Compiles models of many formats to circuits of the engine. What a program embeds: models in,
 * circuit out, without a command line.
 */
module org.ugmm.compiler {
  requires transitive org.ugmm.engine;
  requires com.fasterxml.jackson.core;
  requires java.xml;
  requires it.unimi.dsi.fastutil.core;
  requires org.eclipse.collections.api;
  requires org.eclipse.collections.impl;
  requires static transitive org.jspecify;

  exports org.ugmm.compiler;
  exports org.ugmm.compiler.build;
  exports org.ugmm.compiler.build.network;
  exports org.ugmm.compiler.passes;
  exports org.ugmm.compiler.write;
  exports org.ugmm.compiler.model;
}
