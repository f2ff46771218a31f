/** Opens the lab on the page, step by step, so that no step keeps the page from answering. */
import { mount } from 'svelte';
import './app.css';
import Lab from './lab/Lab.svelte';
import { Laboratory } from './state/laboratory.svelte.js';

setTimeout(() => {
  const lab = new Laboratory();
  setTimeout(() => {
    mount(Lab, { target: document.getElementById('lab')!, props: { lab } });
    void lab.open();
  });
});
