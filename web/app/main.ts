/** Opens the lab on the page. */
import { mount } from 'svelte';
import './app.css';
import Lab from './lab/Lab.svelte';
import { Laboratory } from './state/laboratory.svelte.js';

const laboratory = new Laboratory();
mount(Lab, { target: document.getElementById('lab')!, props: { lab: laboratory } });
void laboratory.open();
